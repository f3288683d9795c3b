import Domain
import Testing

/// Attributes that are missing or not what CloudEvents 1.0 says.
@Suite(.timeLimit(.minutes(1)))
struct EnvelopeRejectionTests {
    private static let secret = "s3cr3t-value"

    @Test(arguments: ["ce_specversion", "ce_id", "ce_source", "ce_type"], [nil, ""])
    func aHeaderThatIsMissingOrEmptyIsNamed(name: String, value: String?) throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers.removeAll { $0.name == name }
        record.headers.append((name, value.map { Array($0.utf8) }))
        let rejection = try rejection { _ = try record.event() }
        #expect(rejection.code == .invalidEnvelope)
        #expect(rejection.message.hasPrefix("header \(name): "))
    }

    @Test(arguments: ["specversion", "id", "source", "type", "data"])
    func aMemberThatIsMissingIsNamed(name: String) throws {
        let members = [
            ("specversion", #""1.0""#), ("id", #""r-1""#), ("source", #""/test""#),
            ("type", #""sync.request.v1""#), ("data", "{}"),
        ].filter { $0.0 != name }.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        let rejection = try rejection {
            _ = try Wrapped(headers: [], value: "{\(members)}").event()
        }
        #expect(rejection.code == .invalidEnvelope)
        #expect(rejection.message.hasPrefix("\(name): "))
    }

    @Test(arguments: ["specversion", "id", "source", "type"])
    func aMemberOfAnotherShapeIsNamed(name: String) throws {
        var members = [
            "specversion": #""1.0""#, "id": #""r-1""#, "source": #""/test""#,
            "type": #""sync.request.v1""#, "data": "{}",
        ]
        members[name] = "[\"\(Self.secret)\"]"
        let value = "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
        let rejection = try rejection { _ = try Wrapped(headers: [], value: value).event() }
        #expect(rejection.code == .invalidEnvelope)
        #expect(
            rejection.message.hasPrefix("\(name): is an array of 1 elements; expected a string")
        )
        #expect(!rejection.message.contains(Self.secret))
    }

    @Test(arguments: ["ce_id", "ce_source", "ce_type"])
    func anAttributeTooLongOrWithControlCharactersIsNamedAndNotShown(name: String) throws {
        for value in [Self.secret + "\n", Self.secret + String(repeating: "x", count: 512)] {
            var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
            record.headers.append((name, Array(value.utf8)))
            let rejection = try rejection { _ = try record.event() }
            #expect(rejection.code == .invalidEnvelope)
            #expect(rejection.message.hasPrefix("header \(name): "))
            #expect(!rejection.description.contains(Self.secret))
        }
    }

    @Test(arguments: Mode.allCases)
    func anotherVersionOfCloudEventsIsNamedAndNotShown(mode: Mode) throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers[0].value = Array("0.3".utf8)
        if mode == .structured {
            record = Wrapped(headers: [], value: #"{"specversion":"0.3","data":{}}"#)
        }
        let rejection = try rejection { _ = try record.event() }
        #expect(rejection.code == .invalidEnvelope)
        #expect(rejection.message.contains("specversion: is another version"))
        #expect(!rejection.message.contains("0.3"))
    }

    @Test func anotherContentTypeIsNamedAndNotShown() throws {
        var record = Wrapped(.binary, type: "sync.request.v1", data: Array("{}".utf8))
        record.headers.append(("content-type", Array("application/xml".utf8)))
        let rejection = try rejection { _ = try record.event() }
        #expect(rejection.code == .invalidEnvelope)
        #expect(rejection.message.hasPrefix("content-type: "))
        #expect(!rejection.message.contains("xml"))
    }
}
