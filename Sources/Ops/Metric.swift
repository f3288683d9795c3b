/// One figure, as Prometheus reads it.
///
/// Metrics of one name follow each other, with different labels; the first one's help and kind
/// are shown.
public struct Metric: Hashable, Sendable {
    /// The figure's name, `[a-z_]+`, with the unit as its last word.
    public var name: String
    /// One sentence on what it counts.
    public var help: String
    /// Whether it only ever grows.
    public var kind: Kind
    /// What tells figures of one name apart.
    public var labels: [String: String]
    /// The figure.
    public var value: Double

    /// How a figure moves.
    public enum Kind: String, Hashable, Sendable {
        /// Up and down.
        case gauge
        /// Up only, from the start of the process.
        case counter
    }

    /// Makes a figure.
    public init(
        _ name: String,
        _ help: String,
        kind: Kind = .gauge,
        labels: [String: String] = [:],
        value: Double
    ) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }
}
