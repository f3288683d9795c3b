/// One HTTP response as the endpoints make it.
struct Reply: Sendable {
    var status: Int
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    /// A JSON answer.
    static func json(_ value: JSONValue, status: Int = 200) -> Reply {
        Reply(
            status: status,
            contentType: "application/json;charset=UTF-8",
            body: value.bytes
        )
    }

    /// An HTML page.
    static func html(_ page: String, status: Int = 200) -> Reply {
        Reply(
            status: status,
            contentType: "text/html;charset=UTF-8",
            headers: [("Cache-Control", "no-store")],
            body: Array(page.utf8)
        )
    }

    /// A plain text answer.
    static func text(_ text: String, status: Int = 200) -> Reply {
        Reply(status: status, contentType: "text/plain;charset=UTF-8", body: Array(text.utf8))
    }

    /// A redirect; the location must already be encoded.
    static func redirect(_ location: String, status: Int = 302) -> Reply {
        Reply(
            status: status,
            headers: [("Location", location), ("Cache-Control", "no-store")]
        )
    }

    /// An answer without a body.
    static func empty(_ status: Int = 200) -> Reply { Reply(status: status) }

    /// The error of a data call: an array of one element.
    static func dataError(_ error: DataError) -> Reply { .json(error.json, status: error.status) }

    /// The error of a token call: an object.
    static func tokenError(_ error: OAuthError) -> Reply {
        var reply = Reply.json(
            [
                "error": .string(error.code),
                "error_description": .string(error.reason),
            ],
            status: 400
        )
        reply.headers.append(("Cache-Control", "no-store"))
        return reply
    }

    /// The same answer with one more header.
    func with(_ name: String, _ value: String) -> Reply {
        var reply = self
        reply.headers.append((name, value))
        return reply
    }
}
