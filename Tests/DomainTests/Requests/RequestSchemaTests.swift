import Domain
import Testing

/// What `schemas/` says may come in, and what the code lets in.
@Suite(.timeLimit(.minutes(1)))
struct RequestSchemaTests {
    private static let types = RequestDecoder.topics.keys.sorted()

    @Test(arguments: types, Mode.allCases)
    func everyExampleDecodes(type: String, mode: Mode) throws {
        let examples = try Project.examples(of: type)
        #expect(!examples.isEmpty)
        for example in examples {
            _ = try Wrapped(mode, type: type, data: example).request()
        }
    }

    @Test(arguments: types, Mode.allCases)
    func everyInvalidCaseIsRefusedForItsField(type: String, mode: Mode) throws {
        let cases = try Project.invalidCases(of: type)
        #expect(!cases.isEmpty)
        for invalid in cases {
            let record = Wrapped(mode, type: type, data: invalid.data)
            let rejection = #expect(throws: RequestRejection.self, "\(invalid.why)") {
                _ = try record.request()
            }
            #expect(rejection?.code == .invalidData, "\(invalid.why)")
            #expect(
                rejection?.message.hasPrefix("\(invalid.field): ") == true,
                "\(invalid.why): \(rejection?.message ?? "")"
            )
        }
    }

    @Test func everyTypeOfTheCodeHasASchemaAndEverySchemaItsType() throws {
        let coded = Set(RequestDecoder.topics.keys).union(EventType.allCases.map(\.rawValue))
        #expect(try coded == Set(Project.types()))
    }

    @Test func theWordsOfRequestsAreThoseOfTheSchemas() throws {
        let scopes = try Project.words(of: "integration.enable.v1", "scope")
        #expect(scopes == Scope.allCases.map(\.rawValue))
        let modes = try Project.words(of: "sync.request.v1", "mode")
        #expect(modes == SyncRequest.Mode.allCases.map(\.rawValue))
        let reasons = try Project.words(of: "sync.request.v1", "reason")
        #expect(Set(reasons) == Set(SyncRequest.Reason.allCases.map(\.rawValue)))
    }
}
