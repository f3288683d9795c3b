/// The refusal of a data call, as its element of the error array says it.
struct DataError: Error, Sendable {
    let status: Int
    let code: String
    let message: String
    var extendedCode: String?
    var fields: [String] = []

    /// The body.
    var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("message", .string(message)), ("errorCode", .string(code)),
        ]
        if let extendedCode { members.append(("extendedErrorCode", .string(extendedCode))) }
        if !fields.isEmpty { members.append(("fields", .array(fields.map { .string($0) }))) }
        return .array([.object(members)])
    }

    static let invalidSession = DataError(
        status: 401,
        code: "INVALID_SESSION_ID",
        message: "Session expired or invalid"
    )
    static let invalidHeader = DataError(
        status: 401,
        code: "INVALID_AUTH_HEADER",
        message: "INVALID_HEADER_TYPE"
    )
    static let dailyLimit = DataError(
        status: 403,
        code: "REQUEST_LIMIT_EXCEEDED",
        message: "TotalRequests Limit exceeded."
    )
    static let disabledForOrganization = DataError(
        status: 403,
        code: "API_DISABLED_FOR_ORG",
        message: "The REST API is not enabled for this Organization."
    )
    static let disabledForUser = DataError(
        status: 403,
        code: "API_CURRENTLY_DISABLED",
        message: "API is disabled for this User"
    )
    static let notFound = DataError(
        status: 404,
        code: "NOT_FOUND",
        message: "The requested resource does not exist"
    )
    static let retired = DataError(
        status: 410,
        code: "GONE",
        message: "This version of the API has been retired."
    )
    static let invalidLocator = DataError(
        status: 400,
        code: "INVALID_QUERY_LOCATOR",
        message: "invalid query locator"
    )

    /// A query that does not parse.
    static func malformed(_ message: String) -> DataError {
        DataError(status: 400, code: "MALFORMED_QUERY", message: message)
    }

    /// A parameter that does not do.
    static func badRequest(_ code: String, _ message: String) -> DataError {
        DataError(status: 400, code: code, message: message)
    }
}
