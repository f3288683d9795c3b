/// What one check found.
struct Finding: Encodable, Hashable, Sendable {
    /// What was looked at.
    var name: String
    var ok: Bool
    /// What was found; never a secret.
    var detail: String
    /// What to do where it is not well.
    var remedy: String?

    static func good(_ name: String, _ detail: String) -> Finding {
        Finding(name: name, ok: true, detail: detail)
    }

    static func bad(_ name: String, _ detail: String, _ remedy: String) -> Finding {
        Finding(name: name, ok: false, detail: detail, remedy: remedy)
    }

    func line(_ style: Style) -> String {
        let mark = ok ? style.paint(.green, "✓") : style.paint(.red, "✗")
        let space = String(repeating: " ", count: max(1, 15 - name.count))
        let advice = remedy.map { "; \($0)" } ?? ""
        return "\(mark) \(name)\(space)\(detail)\(advice)"
    }
}
