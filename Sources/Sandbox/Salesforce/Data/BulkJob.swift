/// A Bulk API 2.0 query job.
struct BulkJob: Sendable {
    let id: RecordID
    let organizationID: RecordID
    let userID: RecordID
    let operation: String
    let query: PreparedQuery
    let version: String
    let createdDate: Moment
    var state = "UploadComplete"
    /// The answer, taken at creation.
    let rows: [Row]
}
