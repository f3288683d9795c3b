import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestDecoderTests {
    @Test(arguments: Mode.allCases)
    func aRequestIsReadWholly(mode: Mode) throws {
        let data = """
            {"companyId":"acme","provider":"salesforce","scope":"user",
             "actor":{"userId":"u-7","role":"manager","email":"ignored"},
             "redirectUri":"https://dashboard.example/back","environment":"sandbox",
             "expectedAccount":"jane@acme.com","later":[1]}
            """
        let request = try Wrapped(mode, type: "integration.enable.v1", data: Array(data.utf8))
            .request()
        guard case .enable(let enable) = request else {
            Issue.record("\(request) is no enable request")
            return
        }
        #expect(enable.companyID.rawValue == "acme")
        #expect(enable.scope == .user)
        #expect(enable.actor.userID.rawValue == "u-7")
        #expect(enable.actor.role == .manager)
        #expect(enable.redirectURI == "https://dashboard.example/back")
        #expect(enable.environment == .sandbox)
        #expect(enable.expectedAccount == "jane@acme.com")
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let sync = try Wrapped(
            .binary,
            type: "sync.request.v1",
            data: Array(#"{"companyId":"acme","provider":"salesforce"}"#.utf8)
        ).request()
        guard case .sync(let request) = sync else {
            Issue.record("\(sync) is no sync request")
            return
        }
        #expect(request.userID == nil)
        #expect(request.mode == .incremental)
        #expect(request.reason == .manual)
        #expect(sync.orderingKey == "sync/acme")
    }

    @Test func anUnknownTypeIsRejectedWithTheKnownOnes() throws {
        let record = Wrapped(.binary, type: "sync.request.v9", data: Array("{}".utf8))
        let rejection = try rejection { _ = try record.request() }
        #expect(rejection.code == .unknownType)
        #expect(rejection.message.hasPrefix("type: "))
        #expect(!rejection.message.contains("v9"))
        for type in RequestDecoder.topics.keys { #expect(rejection.message.contains(type)) }
    }

    @Test(arguments: RequestDecoder.topics.sorted { $0.key < $1.key })
    func aTypeOnTheOtherTopicIsRejectedWithItsOwn(type: String, topic: String) throws {
        let other = topic == "sync-request" ? "integration-request" : "sync-request"
        let record = Wrapped(.binary, type: type, data: Array("{}".utf8))
        let rejection = try rejection { _ = try record.request(on: other) }
        #expect(rejection.code == .unknownType)
        #expect(rejection.message == "type: \(type) belongs on the topic \(topic), not \(other)")
    }

    @Test(arguments: ["", "{", "not json at all", #"{"companyId":"acme""#])
    func dataThatIsNotJSONIsRejectedWithoutShowingIt(data: String) throws {
        let record = Wrapped(.binary, type: "sync.request.v1", data: Array(data.utf8))
        let rejection = try rejection { _ = try record.request() }
        #expect(rejection.code == .notJSON)
        #expect(rejection.message.hasPrefix("value: "))
        #expect(data.isEmpty || !rejection.message.contains(data))
    }

    @Test(arguments: [
        (
            #"{"companyId":"acme","provider":7,"userId":"s3cr3t"}"#,
            "provider: is a number; expected a string"
        ),
        (#"{"companyId":{"a":"s3cr3t"},"provider":"p"}"#, "companyId: is an object with 1 fields"),
        (#"{"companyId":["s3cr3t"],"provider":"p"}"#, "companyId: is an array of 1 elements"),
        (#"{"companyId":true,"provider":"p"}"#, "companyId: is true or false"),
        (#"{"companyId":null,"provider":"p"}"#, "companyId: is null"),
        (#"{"provider":"s3cr3t"}"#, "companyId: missing"),
        (#"{"companyId":"s3cr3t\u0007","provider":"p"}"#, "companyId: is a string of 7 characters"),
        (#"{"companyId":"","provider":"p"}"#, "companyId: is a string of 0 characters"),
        (#"{"companyId":"a","provider":"p","userId":""}"#, "userId: is a string of 0 characters"),
        (
            #"{"companyId":"a","provider":"p","mode":"s3cr3t"}"#,
            "mode: expected one of incremental, full"
        ),
        (#"{"companyId":"a","provider":"p","reason":"s3cr3t"}"#, "reason: expected one of manual"),
    ])
    func aFieldThatIsWrongIsNamedAndItsValueIsNot(data: String, message: String) throws {
        for mode in Mode.allCases {
            let record = Wrapped(mode, type: "sync.request.v1", data: Array(data.utf8))
            let rejection = try rejection { _ = try record.request() }
            #expect(rejection.code == .invalidData)
            #expect(rejection.message.hasPrefix(message))
            #expect(!rejection.description.contains("s3cr3t"))
        }
    }

    @Test(
        arguments: [
            ("production", nil), ("sandbox", nil), (nil, "acme.my.salesforce.com"),
            ("sandbox", "acme.my.salesforce.com"), (nil, nil),
        ] as [(String?, String?)]
    )
    func aLoginHostTakesThePlaceOfTheEnvironment(environment: String?, host: String?) throws {
        let fields =
            (environment.map { #","environment":"\#($0)""# } ?? "")
            + (host.map { #","loginHost":"\#($0)""# } ?? "")
        let data = """
            {"companyId":"acme","provider":"salesforce","scope":"company",
             "actor":{"userId":"u-1","role":"owner"},"redirectUri":"https://a.example"\(fields)}
            """
        let request = try Wrapped(.binary, type: "integration.enable.v1", data: Array(data.utf8))
            .request()
        guard case .enable(let enable) = request else {
            Issue.record("\(request) is no enable request")
            return
        }
        let expected: LoginEnvironment =
            host.map(LoginEnvironment.host) ?? (environment == "sandbox" ? .sandbox : .production)
        #expect(enable.environment == expected)
    }
}
