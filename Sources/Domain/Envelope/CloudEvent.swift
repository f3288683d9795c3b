/// A CloudEvents 1.0 event as it arrived: its attributes, and its data still as JSON bytes.
///
/// Source: CloudEvents 1.0.2 and its Kafka protocol binding.
public struct CloudEvent: Sendable {
    /// Chosen by the sender; unique together with `source`.
    public var id: String
    /// Who sent it.
    public var source: String
    /// What it is, for example `sync.request.v1`.
    public var type: String
    /// The W3C trace it belongs to, when the sender traces.
    public var trace: TraceContext?
    /// `ce_id` of the request that caused it, when it was this service that sent it.
    public var causationID: String?
    /// The payload, UTF-8 JSON.
    public var data: [UInt8]
}

/// The W3C trace context of a record: read, continued, written.
public struct TraceContext: Hashable, Sendable {
    /// `00-<32 hex trace id>-<16 hex parent id>-<2 hex flags>`.
    public let traceparent: String
    /// Vendor data, handed on unchanged.
    public let tracestate: String?

    /// Accepts only a well-formed `traceparent`; a malformed one is no error, it is no trace.
    public init?(traceparent: String, tracestate: String?) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff",
            parts.allSatisfy({ $0.allSatisfy(\.isLowercaseHexDigit) }),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.traceparent = traceparent
        self.tracestate = tracestate
    }

    /// The same trace with a parent id of our own, so that what we publish hangs below our work.
    ///
    /// - Parameter spanID: 64 random bits; 0, which would be no id, counts as 1.
    /// - Returns: the trace to publish with.
    public func child(spanID: UInt64) -> TraceContext {
        var span = String(max(spanID, 1), radix: 16)
        span = String(repeating: "0", count: 16 - span.count) + span
        let parts = traceparent.split(separator: "-")
        return TraceContext(
            traceparent: "\(parts[0])-\(parts[1])-\(span)-\(parts[3])",
            tracestate: tracestate
        ) ?? self
    }
}

extension Character {
    fileprivate var isLowercaseHexDigit: Bool {
        ("0"..."9").contains(self) || ("a"..."f").contains(self)
    }
}
