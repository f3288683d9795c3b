import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TraceContextTests {
    private static let traceID = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(traceID)-b7ad6b7169203331-01"

    @Test func aWellFormedParentIsKeptAsItIs() throws {
        let trace = try #require(TraceContext(traceparent: Self.parent, tracestate: "a=1,b=2"))
        #expect(trace.traceparent == Self.parent)
        #expect(trace.tracestate == "a=1,b=2")
    }

    @Test(arguments: [
        "", "00", "00-\(traceID)-b7ad6b7169203331", "ff-\(traceID)-b7ad6b7169203331-01",
        "00-\(traceID)-b7ad6b7169203331-01-more", "00-\(traceID.uppercased())-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-\(traceID)-0000000000000000-01", "00-\(traceID)-b7ad6b716920333-01",
        "00-\(traceID)-b7ad6b7169203331-0g", "00-\(traceID)-b7ad6b716920333é-01",
    ])
    func whatIsNoParentIsNoTrace(traceparent: String) {
        #expect(TraceContext(traceparent: traceparent, tracestate: nil) == nil)
    }

    @Test(
        arguments: [
            (1, "0000000000000001"), (0, "0000000000000001"), (UInt64.max, "ffffffffffffffff"),
            (0xABC, "0000000000000abc"),
        ] as [(UInt64, String)]
    )
    func aChildHasTheSameTraceAndAParentOfItsOwn(spanID: UInt64, expected: String) throws {
        let trace = try #require(TraceContext(traceparent: Self.parent, tracestate: "a=1"))
        let child = trace.child(spanID: spanID)
        #expect(child.traceparent == "00-\(Self.traceID)-\(expected)-01")
        #expect(child.tracestate == "a=1")
    }
}
