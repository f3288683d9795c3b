/// One HTTP request as the endpoints see it.
struct WireRequest: Sendable {
    /// `GET`, `POST` and so on.
    let method: String
    /// The path without the query.
    let path: String
    /// The path's segments.
    let segments: [Substring]
    /// The fields of the query string.
    let query: FormFields
    /// The value of `Authorization`.
    var authorization: String?
    /// The value of `Cookie`.
    var cookie: String?
    /// The value of `Host`.
    var host: String?
    /// The value of `Sforce-Query-Options`.
    var queryOptions: String?
    /// The value of `Accept`.
    var accept: String?
    /// The whole body.
    var body: [UInt8] = []

    /// A request to a path that may carry a query.
    init(method: String, target: String) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        segments = path.split(separator: "/")
        query = FormFields(parts.count > 1 ? parts[1] : "")
    }

    /// The fields of a form body.
    var form: FormFields { FormFields(String(decoding: body, as: UTF8.self)) }
}
