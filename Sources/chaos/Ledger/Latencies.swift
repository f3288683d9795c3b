/// How long requests took.
struct Latencies: Sendable {
    private let sorted: [Duration]

    init(_ durations: [Duration]) {
        sorted = durations.sorted()
    }

    var count: Int { sorted.count }
    var median: Duration { percentile(50) }

    /// As `22 ms (p95 53 ms, p99 60 ms)`.
    var text: String {
        "\(median.text) (p95 \(percentile(95).text), p99 \(percentile(99).text))"
    }

    /// The duration that so many of a hundred did not exceed.
    func percentile(_ percent: Int) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        return sorted[min(sorted.count - 1, sorted.count * percent / 100)]
    }
}

extension Ledger {
    /// How long these requests took that are answered.
    func latencies(of ids: some Sequence<String>) -> Latencies {
        Latencies(ids.compactMap { id in times(of: id).map { $0.sent.duration(to: $0.answered) } })
    }
}
