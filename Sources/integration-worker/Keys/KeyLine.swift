import Store

/// A key to show: its id, never itself.
struct KeyLine: Hashable, Sendable {
    let id: String
    let isConfigured: Bool
    let isCurrent: Bool
    let encrypts: EncryptedRows

    /// Those that are configured in their order, the current one first, then those that are missing.
    static func all(configured: [String], used: [String: EncryptedRows]) -> [KeyLine] {
        let missing = used.keys.filter { !configured.contains($0) }.sorted()
        return (configured + missing).map { id in
            KeyLine(
                id: id,
                isConfigured: configured.contains(id),
                isCurrent: id == configured.first,
                encrypts: used[id] ?? EncryptedRows()
            )
        }
    }

    func text(_ style: Style, width: Int) -> String {
        let place =
            isCurrent
            ? style.paint(.green, "current")
            : isConfigured ? style.faint("earlier") : style.paint(.red, "missing")
        let space = String(repeating: " ", count: width - id.count)
        return "\(id)\(space)  \(place)  \(encrypts.total == 0 ? "not used" : encrypts.text)"
    }

    var json: String {
        "{\"id\":\(JSONLine.quoted(id)),\"configured\":\(isConfigured),\"current\":\(isCurrent),"
            + "\(encrypts.jsonMembers)}"
    }
}
