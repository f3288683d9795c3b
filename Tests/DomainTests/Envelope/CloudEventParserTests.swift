import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudEventParserTests {
    private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func binaryModeTakesAttributesFromHeadersWhateverTheirCase() throws {
        let record = Wrapped(
            headers: [
                ("CE_SpecVersion", "1.0"), ("Ce_Id", "r-1"), ("ce_source", "/dashboard"),
                ("ce_type", "sync.request.v1"), ("Content-Type", "Application/JSON;charset=utf-8"),
                ("traceparent", Self.trace), ("tracestate", "vendor=1"),
                ("ce_causationid", "cause"), ("x-other", nil),
            ],
            value: #"{"a":1}"#
        )
        let event = try record.event()
        #expect(event.id == "r-1")
        #expect(event.source == "/dashboard")
        #expect(event.type == "sync.request.v1")
        #expect(event.causationID == "cause")
        #expect(event.trace?.traceparent == Self.trace)
        #expect(event.trace?.tracestate == "vendor=1")
        #expect(event.data == Array(#"{"a":1}"#.utf8))
    }

    @Test func binaryModeNeedsNoContentType() throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers.removeAll { $0.name == "content-type" }
        #expect(try record.event().id == "r-1")
    }

    @Test func theLastOfARepeatedHeaderCounts() throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers.append(("ce_id", Array("r-2".utf8)))
        #expect(try record.event().id == "r-2")
    }

    @Test(arguments: [
        nil, "application/cloudevents+json", "application/cloudevents+json; charset=x",
    ])
    func structuredModeTakesAttributesFromTheValue(contentType: String?) throws {
        let record = Wrapped(
            headers: contentType.map { [("content-type", $0)] } ?? [],
            value: """
                {"specversion":"1.0","id":"r-1","source":"/kcat","type":"sync.request.v1",
                 "traceparent":"\(Self.trace)","tracestate":"vendor=1","causationid":"cause",
                 "time":"2026-05-01T10:15:30Z","data":{"companyId":"acme","n":[1,2.5,null,true]}}
                """
        )
        let event = try record.event()
        #expect(event.id == "r-1")
        #expect(event.source == "/kcat")
        #expect(event.type == "sync.request.v1")
        #expect(event.trace?.traceparent == Self.trace)
        #expect(event.causationID == "cause")
        let data = String(decoding: event.data, as: UTF8.self)
        #expect(data.contains(#""companyId":"acme""#) && data.contains("[1,2.5,null,true]"))
    }

    @Test func aMalformedTraceIsNoTraceAndNoError() throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers.append(("traceparent", Array("nonsense".utf8)))
        #expect(try record.event().trace == nil)
    }

    @Test func aTombstoneIsRejected() throws {
        let rejection = try rejection { _ = try Wrapped(headers: [], value: nil).event() }
        #expect(rejection.code == .tombstone)
        #expect(rejection.message.hasPrefix("value: "))
    }

    @Test func exactly256KiBAreAcceptedAndOneByteMoreIsNot() throws {
        let limit = 256 * 1024
        let fits = Wrapped(.binary, type: "t", data: Array(repeating: 0x20, count: limit))
        #expect(try fits.event().data.count == limit)
        let tooLong = Wrapped(.binary, type: "t", data: Array(repeating: 0x20, count: limit + 1))
        let rejection = try rejection { _ = try tooLong.event() }
        #expect(rejection.code == .tooLarge)
        #expect(rejection.message.hasPrefix("value: ") && rejection.message.contains("262145"))
    }

    @Test(
        arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98]] as [[UInt8]]
    )
    func whatIsNotUTF8IsRejected(bytes: [UInt8]) throws {
        let value = try rejection {
            _ = try Wrapped(.binary, type: "sync.request.v1", data: bytes).event()
        }
        #expect(value.code == .notUTF8)
        #expect(value.message.hasPrefix("value: "))
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers[1].value = bytes
        let header = try rejection { _ = try record.event() }
        #expect(header.code == .notUTF8)
        #expect(header.message.hasPrefix("header ce_id: "))
    }

    @Test(arguments: ["", "{", "nonsense", #"{"specversion":"1.0""#, "{'a':1}"])
    func aStructuredValueThatIsNotJSONIsRejected(value: String) throws {
        let rejection = try rejection { _ = try Wrapped(headers: [], value: value).event() }
        #expect(rejection.message.hasPrefix("value: "))
        #expect(value.isEmpty || !rejection.message.contains(value))
    }
}
