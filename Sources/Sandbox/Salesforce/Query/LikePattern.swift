/// A LIKE pattern: `%` is any text, `_` any one character; case does not matter.
struct LikePattern: Sendable {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text.lowercased()) }

    /// Whether a text matches as a whole.
    func matches(_ text: String) -> Bool {
        let text = Array(text.lowercased())
        var (at, next) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while next < text.count {
            if at < pattern.count, pattern[at] == "%" {
                retry = (at + 1, next)
                at += 1
            } else if at < pattern.count, pattern[at] == "_" || pattern[at] == text[next] {
                at += 1
                next += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (at, next) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "%" }
    }
}
