/// Durations as people write them: `500ms`, `15m`, `1h30m`.
enum DurationText {
    /// What is accepted, for an error's remedy.
    static let form = "write a duration such as 500ms, 30s, 15m, 1h30m or 7d"

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// The duration, or `nil` where the text is none: whole numbers with units, each unit once,
    /// the larger first.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var units = Self.units[...]
        var milliseconds: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let count = Int64(digits),
                let index = units.firstIndex(where: { $0.name == name })
            else { return nil }
            let (product, hasOverflown) = count.multipliedReportingOverflow(
                by: units[index].milliseconds
            )
            let (sum, isTooLarge) = milliseconds.addingReportingOverflow(product)
            guard !hasOverflown, !isTooLarge else { return nil }
            milliseconds = sum
            units = units[(index + 1)...]
        }
        return .milliseconds(milliseconds)
    }
}
