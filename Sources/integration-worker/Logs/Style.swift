import FoundationEssentials

/// Colours, for terminals alone.
struct Style: Sendable {
    let isColoured: Bool

    /// Coloured where the output is a terminal and `NO_COLOR` is not set.
    init(for output: LogOutput) {
        isColoured =
            output.isTerminal
            && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Coloured or not, as told.
    init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// The colours there are, as ECMA-48 numbers them.
    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case cyan = 36
        case grey = 90
    }

    func paint(_ colour: Colour, _ text: String) -> String { escape(colour.rawValue, text) }
    func bold(_ text: String) -> String { escape(1, text) }
    func faint(_ text: String) -> String { paint(.grey, text) }

    private func escape(_ code: Int, _ text: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
