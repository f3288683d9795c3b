/// One answer of `query` or `queryAll`.
struct QueryAnswer<Record: Decodable & Sendable>: Decodable, Sendable {
    var done: Bool
    var nextRecordsURL: String?
    var records: [Record]

    enum CodingKeys: String, CodingKey {
        case done, records
        case nextRecordsURL = "nextRecordsUrl"
    }
}

/// A record of which only the id was asked.
struct IDRecord: Decodable, Sendable {
    var id: String

    enum CodingKeys: String, CodingKey {
        case id = "Id"
    }
}

/// The `Organization` record; every organization has exactly one.
struct OrganizationRecord: Decodable, Sendable {
    var id: String
    var name: String?
    var type: String?
    var isSandbox: Bool?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case type = "OrganizationType"
        case isSandbox = "IsSandbox"
    }
}
