import Domain
import FoundationEssentials
import Kafka

/// A request to the worker, in the contract's words.
struct OutgoingRequest: Sendable {
    let type: String
    let companyID: String
    let userID: String?
    private let body: Body

    /// Members that are `nil` are left out.
    struct Body: Encodable, Sendable {
        var companyId: String
        var provider: String
        var scope: String?
        var actor: Actor?
        var redirectUri: String?
        var environment: String?
        var loginHost: String?
        var expectedAccount: String?
        var state: String?
        var code: String?
        var error: String?
        var errorDescription: String?
        var erase: Bool?
        var userId: String?
        var mode: String?
        var reason: String?
    }

    /// Who asks.
    struct Actor: Encodable, Sendable {
        var userId: String
        var role: String
        var email: String?
    }

    init(_ type: String, _ body: Body) {
        self.type = type
        self.body = body
        companyID = body.companyId
        userID = body.userId
    }

    var topic: String { RequestDecoder.topics[type] ?? Topics.integrationRequest }

    /// What decides the order: a person's syncs are in line, and so are a company's requests.
    var key: String { userID.map { "\(companyID)/\($0)" } ?? companyID }

    func data() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(body))
    }

    func headers(id: String) -> [RecordHeader] {
        [
            RecordHeader(name: "ce_specversion", text: "1.0"),
            RecordHeader(name: "ce_id", text: id),
            RecordHeader(name: "ce_source", text: RequestPublisher.source),
            RecordHeader(name: "ce_type", text: type),
            RecordHeader(name: "ce_time", text: RFC3339.string(from: Date())),
            RecordHeader(name: "content-type", text: "application/json"),
        ]
    }

    /// Finds out beforehand what the worker would refuse.
    ///
    /// - Throws: a ``CommandFailure`` that names the field.
    func validate() throws {
        do throws(RequestRejection) {
            let value: [UInt8]
            do {
                value = try data()
            } catch {
                throw RequestRejection(.notJSON, "value: cannot be written as JSON")
            }
            let event = try CloudEventParser.parse(
                headers: headers(id: "validation").map { ($0.name, $0.value) },
                value: value
            )
            _ = try RequestDecoder.decode(event, topic: topic)
        } catch {
            throw CommandFailure("the request would be refused: \(error.message)", .invalidData)
        }
    }
}
