import Testing

@testable import integration_worker

struct CallbackTests {
    @Test(arguments: [
        ("https://d.example/cb?code=aPrx4.x&state=s1", "aPrx4.x", "s1"),
        // Salesforce encodes the equals signs at the end of its codes.
        ("https://d.example/cb?code=aPrx%3D%3D&state=s1", "aPrx==", "s1"),
        ("https://d.example/cb?code=aPrx==&state=s1", "aPrx==", "s1"),
        ("https://d.example/cb?code=a%2Bb%25c&state=s1", "a+b%c", "s1"),
        ("https://d.example/cb?code=a+b&state=s%2B1", "a+b", "s+1"),
        ("https://d.example/cb?state=s1&other=%zz&code=a", "a", "s1"),
        ("https://d.example/cb?code=a&state=s1#_=_", "a", "s1"),
        ("http://127.0.0.1:80/?code=%E2%82%AC&state=%C3%A9", "€", "é"),
    ])
    func codeAndStateComeOutAsTheyWere(_ url: String, _ code: String, _ state: String) throws {
        let callback = try Callback(url: url)
        #expect(callback.answer == .code(code))
        #expect(callback.state == state)
    }

    @Test func refusalKeepsItsWords() throws {
        let callback = try Callback(
            url: "https://d.example/cb?error=access_denied"
                + "&error_description=end-user+denied%20authorization&state=s1"
        )
        #expect(
            callback.answer
                == .refused(
                    error: "access_denied",
                    description: "end-user denied authorization"
                )
        )
    }

    @Test(arguments: [
        ("https://d.example/cb", "has no query; paste the whole URL, in quotes"),
        ("https://d.example/cb?", "has no state; paste the whole URL, in quotes"),
        ("https://d.example/cb?code=geheim", "has no state; paste the whole URL, in quotes"),
        ("https://d.example/cb?state=s1", "has neither a code nor an error"),
        ("https://d.example/cb?state=s1&code=", "has neither a code nor an error"),
        ("https://d.example/cb?state=s1&code=geheim&code=b", "has code twice"),
        ("https://d.example/cb?state=s1&code=geheim&error=x", "has both a code and an error"),
        (
            "https://d.example/cb?state=s1&code=geheim%2",
            "has a % that two hexadecimal digits do not follow"
        ),
        (
            "https://d.example/cb?state=s1&code=geheim%+1",
            "has a % that two hexadecimal digits do not follow"
        ),
        ("https://d.example/cb?state=s1&code=%FF", "is not UTF-8 once it is decoded"),
    ])
    func whatIsWrongIsToldWithoutTheCode(_ url: String, _ reason: String) {
        let error = #expect(throws: Callback.Malformed.self) { try Callback(url: url) }
        #expect(error?.reason == reason)
    }

    @Test func requestIsOneTheWorkerTakes() throws {
        for answer in [
            Callback.Answer.code("aPrx=="), .refused(error: "access_denied", description: nil),
        ] {
            let request = Callback(state: "s1", answer: answer)
                .request(company: "acme", "salesforce")
            try request.validate()
            #expect(request.topic == "integration-request")
            #expect(request.key == "acme")
        }
    }
}
