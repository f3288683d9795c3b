import Kafka
import Testing

@testable import integration_worker

struct OutgoingRequestTests {
    @Test func membersThatAreNotGivenAreLeftOut() throws {
        let request = OutgoingRequest(
            "integration.enable.v1",
            .init(
                companyId: "acme",
                provider: "salesforce",
                scope: "company",
                actor: .init(userId: "u-1", role: "owner"),
                redirectUri: "https://d.example/cb"
            )
        )
        #expect(
            String(decoding: try request.data(), as: UTF8.self)
                == #"{"actor":{"role":"owner","userId":"u-1"},"companyId":"acme","#
                + #""provider":"salesforce","redirectUri":"https://d.example/cb","#
                + #""scope":"company"}"#
        )
        try request.validate()
    }

    @Test func syncOfAPersonIsKeyedByThePerson() throws {
        let person = OutgoingRequest(
            "sync.request.v1",
            .init(companyId: "acme", provider: "salesforce", userId: "u-7", mode: "full")
        )
        #expect(person.key == "acme/u-7")
        #expect(person.topic == "sync-request")
        try person.validate()
        let company = OutgoingRequest(
            "sync.request.v1",
            .init(companyId: "acme", provider: "salesforce")
        )
        #expect(company.key == "acme")
    }

    @Test func headersAreThoseOfBinaryMode() throws {
        let request = OutgoingRequest("sync.request.v1", .init(companyId: "a", provider: "p"))
        let headers = request.headers(id: "id-1")
        #expect(
            headers.map(\.name) == [
                "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type",
            ]
        )
        #expect(headers[1].value == Array("id-1".utf8))
        #expect(headers[2].value == Array("/command-line".utf8))
    }

    @Test func whatTheWorkerWouldRefuseIsNotSent() {
        let request = OutgoingRequest("sync.request.v1", .init(companyId: "", provider: "p"))
        let failure = #expect(throws: CommandFailure.self) { try request.validate() }
        #expect(failure?.exitCode == .invalidData)
        #expect(failure?.line.contains("companyId") == true)
    }
}
