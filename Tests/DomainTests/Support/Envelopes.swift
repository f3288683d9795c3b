import Domain
import Testing

/// How a request can be wrapped.
enum Mode: CaseIterable {
    case binary, structured
}

/// A record as a sender would make it.
struct Wrapped {
    var headers: [(name: String, value: [UInt8]?)] = []
    var value: [UInt8]?

    init(_ mode: Mode, type: String, data: [UInt8]) {
        switch mode {
        case .binary:
            headers = [
                ("ce_specversion", Array("1.0".utf8)), ("ce_id", Array("r-1".utf8)),
                ("ce_source", Array("/test".utf8)), ("ce_type", Array(type.utf8)),
                ("content-type", Array("application/json; charset=utf-8".utf8)),
            ]
            value = data
        case .structured:
            let envelope =
                #"{"specversion":"1.0","id":"r-1","source":"/test","type":""#
                + type + #"","data":"#
            value = Array(envelope.utf8) + data + Array("}".utf8)
        }
    }

    init(headers: [(String, String?)], value: String?) {
        self.headers = headers.map { ($0.0, $0.1.map { Array($0.utf8) }) }
        self.value = value.map { Array($0.utf8) }
    }

    func event() throws(RequestRejection) -> CloudEvent {
        try CloudEventParser.parse(headers: headers, value: value)
    }

    /// Reads it on a topic; the one its type belongs on unless told otherwise.
    func request(on topic: String? = nil) throws -> Request {
        let event = try event()
        return try RequestDecoder.decode(
            event,
            topic: topic ?? RequestDecoder.topics[event.type] ?? "integration-request"
        )
    }
}

/// What a record is rejected with; a failure when it is not.
func rejection(
    _ body: () throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> RequestRejection {
    try #require(
        #expect(throws: RequestRejection.self, sourceLocation: sourceLocation) { try body() },
        sourceLocation: sourceLocation
    )
}
