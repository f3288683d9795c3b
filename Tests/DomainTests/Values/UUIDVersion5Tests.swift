import Domain
import FoundationEssentials
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UUIDVersion5Tests {
    /// RFC 9562, appendix A.4: the DNS namespace and www.example.com.
    @Test func theVectorOfTheRFCHolds() throws {
        let dns = try #require(UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"))
        let id = UUID.version5(namespace: dns, name: "www.example.com")
        #expect(id.uuidString.lowercased() == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }
}
