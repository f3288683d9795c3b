import FoundationEssentials

/// All answers to one question, put together.
struct QueryResult<Record: Decodable & Sendable>: Sendable {
    var records: [Record] = []
    /// False when Salesforce forgot the rest of the answer: the records so far are good.
    var isComplete = true
    /// Salesforce's clock at the first answer.
    var providerTime: Date?
    var calls = 0
}
