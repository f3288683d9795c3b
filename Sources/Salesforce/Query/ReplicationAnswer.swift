import Domain
import FoundationEssentials

/// What `getUpdated` and `getDeleted` answer; the ids that were updated are not read.
struct ReplicationAnswer: Decodable, Sendable {
    /// The start of the oldest transaction that is still open, or the end of what was asked.
    var latestDateCovered: String
    var deletedRecords: [Deleted]?

    /// A record that is in the recycle bin or gone.
    struct Deleted: Decodable, Sendable {
        var id: String
    }

    /// The instant before which every change is visible.
    var coveredUntil: Date? { RFC3339.date(from: latestDateCovered) }
}

/// The window of a question for replication, in whole minutes as Salesforce has it.
struct ReplicationWindow: Sendable {
    /// Not even a day less than Salesforce allows for deletions.
    private static let longest: TimeInterval = 15 * 86_400 - 3600

    let start: Date
    let end: Date

    /// A window whose end is not before now: what is covered is then told by the answer.
    init(since: Date, now: Date) {
        end = now.addingTimeInterval(60)
        start = max(min(since, end.addingTimeInterval(-120)), now.addingTimeInterval(-Self.longest))
    }

    /// A window that only asks how far everything is visible.
    init(endingAt now: Date) {
        end = now.addingTimeInterval(60)
        start = end.addingTimeInterval(-120)
    }

    var query: String {
        "?start=\(RFC3339.string(from: start).percentEncoded)"
            + "&end=\(RFC3339.string(from: end).percentEncoded)"
    }
}
