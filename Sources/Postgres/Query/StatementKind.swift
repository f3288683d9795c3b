/// What a statement does, as far as its first word tells.
///
/// It decides what a lost connection means and whether preparing the statement pays, so in doubt it
/// says ``other``: it may have changed something, and it is not prepared.
enum StatementKind: Hashable, Sendable {
    case read, write, begin, commit, rollback, other

    init(_ sql: String) {
        let word = sql.utf8.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }
            .prefix { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
        switch String(decoding: word, as: UTF8.self).uppercased() {
        case "SELECT", "SHOW", "VALUES", "TABLE": self = .read
        case "INSERT", "UPDATE", "DELETE", "MERGE", "WITH": self = .write
        case "BEGIN", "START": self = .begin
        case "COMMIT", "END": self = .commit
        case "ROLLBACK", "ABORT": self = .rollback
        default: self = .other
        }
    }

    var isWorthPreparing: Bool { self != .other }
}
