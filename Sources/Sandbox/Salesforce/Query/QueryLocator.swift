/// The rest of a query's answer, kept for its user.
struct QueryLocator: Sendable {
    let id: RecordID
    let userID: RecordID
    let organizationID: RecordID
    let rows: [Row]
    let writer: RecordWriter
    let createdAt: Moment
    var lastUsed: Moment
    let pageSize: Int
    /// The operation's path segment: `query` or `queryAll`.
    let operation: String
}
