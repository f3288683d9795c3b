/// What a browser brings back to the redirect URI (RFC 6749, section 4.1.2).
struct Callback: Hashable, Sendable {
    let state: String
    let answer: Answer

    /// What the person decided.
    enum Answer: Hashable, Sendable {
        case code(String)
        case refused(error: String, description: String?)
    }

    /// Why a URL is none that comes back; never quotes it, as it may carry a code.
    struct Malformed: Error, Hashable {
        let reason: String
    }

    init(state: String, answer: Answer) {
        self.state = state
        self.answer = answer
    }

    /// Takes the query of a URL apart.
    init(url: String) throws(Malformed) {
        guard let mark = url.firstIndex(of: "?") else {
            throw Malformed(reason: "has no query; paste the whole URL, in quotes")
        }
        let query = url[url.index(after: mark)...].prefix { $0 != "#" }
        var fields: [String: String] = [:]
        for pair in query.split(separator: "&") {
            // A code may end in `=` that nobody encoded: only the first one separates.
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0], plusIsSpace: true)
            guard ["state", "code", "error", "error_description"].contains(name) else { continue }
            // No code or state has a space, but one pasted by hand may have a bare plus.
            let value = try Self.decoded(
                parts.count > 1 ? parts[1] : "",
                plusIsSpace: name == "error_description"
            )
            guard fields.updateValue(value, forKey: name) == nil else {
                throw Malformed(reason: "has \(name) twice")
            }
        }
        guard let state = fields["state"], !state.isEmpty else {
            throw Malformed(reason: "has no state; paste the whole URL, in quotes")
        }
        switch (fields["code"], fields["error"]) {
        case (let code?, nil) where !code.isEmpty: answer = .code(code)
        case (nil, let error?) where !error.isEmpty:
            answer = .refused(error: error, description: fields["error_description"])
        case (_?, _?): throw Malformed(reason: "has both a code and an error")
        default: throw Malformed(reason: "has neither a code nor an error")
        }
        self.state = state
    }

    /// The request that passes it on.
    func request(company: String, _ provider: String) -> OutgoingRequest {
        var body = OutgoingRequest.Body(companyId: company, provider: provider)
        body.state = state
        switch answer {
        case .code(let code): body.code = code
        case .refused(let error, let description):
            body.error = error
            body.errorDescription = description
        }
        return OutgoingRequest("integration.authorize.v1", body)
    }

    private static func decoded(
        _ text: Substring,
        plusIsSpace: Bool
    ) throws(Malformed) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(.init($0)).isHexDigit }),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else {
                    throw Malformed(reason: "has a % that two hexadecimal digits do not follow")
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw Malformed(reason: "is not UTF-8 once it is decoded")
        }
        return decoded
    }
}
