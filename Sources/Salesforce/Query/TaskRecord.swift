import Domain
import FoundationEssentials

/// A `Task` as the REST API writes it.
struct TaskRecord: Decodable, Sendable {
    var id: String
    var subject: String?
    var status: String?
    var priority: String?
    var activityDate: String?
    var isClosed: Bool?
    var ownerID: String?
    var systemModstamp: String
    var whatID: String?
    var what: Related?
    var whoID: String?
    var who: Related?
    var isDeleted: Bool?

    /// The name and the type of the record a polymorphic reference leads to.
    struct Related: Decodable, Sendable {
        var name: String?
        var type: String?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case type = "Type"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case subject = "Subject"
        case status = "Status"
        case priority = "Priority"
        case activityDate = "ActivityDate"
        case isClosed = "IsClosed"
        case ownerID = "OwnerId"
        case systemModstamp = "SystemModstamp"
        case whatID = "WhatId"
        case what = "What"
        case whoID = "WhoId"
        case who = "Who"
        case isDeleted = "IsDeleted"
    }
}

extension TaskRecord {
    /// The task in the service's own words, or `nil` when id or timestamp are not what they must be.
    func task(linkedBy link: TaskLink) -> ProviderTask? {
        guard let id = SalesforceID(id), let updatedAt = RFC3339.date(from: systemModstamp) else {
            return nil
        }
        let title = subject.map { $0.shown(limit: 255) } ?? ""
        return ProviderTask(
            externalID: id.text,
            title: title.isEmpty ? "(No subject)" : title,
            status: (status ?? "").shown(limit: 255),
            priority: priority.map { $0.shown(limit: 255) },
            dueDate: activityDate,
            isClosed: isClosed ?? false,
            url: link.url(of: id),
            relatedTo: Self.related(what, id: whatID),
            contact: Self.related(who, id: whoID),
            providerUpdatedAt: updatedAt
        )
    }

    /// `nil` also for a record the user may not see: it has an id but no name.
    private static func related(_ record: Related?, id: String?) -> RelatedRecord? {
        guard let id = id.flatMap(SalesforceID.init), let name = record?.name,
            let type = record?.type
        else { return nil }
        return RelatedRecord(
            type: type.shown(limit: 255),
            id: id.text,
            name: name.shown(limit: 255)
        )
    }
}

extension String {
    /// Without control characters, at most so many Unicode scalars, no character cut in two.
    fileprivate func shown(limit: Int) -> String {
        guard unicodeScalars.count > limit || unicodeScalars.contains(where: \.isControl) else {
            return self
        }
        var result = ""
        var count = 0
        for character in String(UnicodeScalarView(unicodeScalars.filter { !$0.isControl })) {
            count += character.unicodeScalars.count
            guard count <= limit else { break }
            result.append(character)
        }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
