/// An account, contact, opportunity, lead or queue that a task points at.
struct RelatedRecord: Sendable {
    let id: RecordID
    /// The object's name, such as `Account`.
    let type: String
    var name: String
    /// The account a contact or opportunity belongs to.
    var accountID: RecordID?
    var email: String?
    let createdDate: Moment

    /// The key prefix of an object, nil for one that tasks cannot point at.
    static func prefix(of type: String) -> String? {
        switch type {
        case "Account": "001"
        case "Contact": "003"
        case "Opportunity": "006"
        case "Lead": "00Q"
        case "Case": "500"
        case "Queue": "00G"
        default: nil
        }
    }
}
