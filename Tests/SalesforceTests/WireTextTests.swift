import Domain
import FoundationEssentials
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct WireTextTests {
    @Test(arguments: [
        ("aZ09-._~", "aZ09-._~"),
        ("a+b=c%d&e", "a%2Bb%3Dc%25d%26e"),
        ("two words", "two%20words"),
        ("'=(),/:?#[]@!$*;\"", "%27%3D%28%29%2C%2F%3A%3F%23%5B%5D%40%21%24%2A%3B%22"),
        ("ü😀\u{0}", "%C3%BC%F0%9F%98%80%00"),
    ])
    func onlyUnreservedCharactersStayAsTheyAre(text: String, encoded: String) {
        #expect(text.percentEncoded == encoded)
    }

    @Test func dateHeaderIsRead() {
        let date = HTTPDate.date(from: "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(date == RFC3339.date(from: "1994-11-06T08:49:37Z"))
        for text in ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            #expect(HTTPDate.date(from: text) == nil)
        }
    }

    @Test(arguments: [
        ("https://acme.my.salesforce.com", "https://acme.lightning.force.com"),
        (
            "https://acme--dev.sandbox.my.salesforce.com",
            "https://acme--dev.sandbox.lightning.force.com"
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ])
    func taskOpensInLightning(instance: String, base: String) throws {
        let link = TaskLink(instance: try #require(ServiceURL(instance)))
        let id = try #require(SalesforceID("00T000000000001EAA"))
        #expect(link.url(of: id) == base + "/lightning/r/Task/00T000000000001EAA/view")
    }

    @Test(arguments: [
        ("[{\"errorCode\":\"A_B\",\"message\":\"Text\"}]", "A_B" as String?, "text"),
        ("{\"error\":\"invalid_grant\",\"error_description\":\"X\"}", "invalid_grant", "x"),
        ("Bad_OAuth_Token", "Bad_OAuth_Token", "bad_oauth_token"),
        (
            "<Errors><Error><errorCode>E1</errorCode><message>M</message></Error></Errors>", "E1",
            "m"
        ),
        ("<html><h1>503</h1></html>", nil, "<html><h1>503</h1></html>"),
        ("", nil, ""), ("[]", nil, "[]"), ("{\"errorCode\":", nil, "{\"errorcode\":"),
        ("{\"error\":\"<script>alert(1)</script>\"}", "scriptalert1script", ""),
    ])
    func everyFormOfErrorIsRead(body: String, code: String?, text: String) {
        let items = ErrorAnswer(body: Data(body.utf8)).items
        #expect(items.map(\.code) == [code])
        #expect(items.map(\.text) == [text])
    }
}
