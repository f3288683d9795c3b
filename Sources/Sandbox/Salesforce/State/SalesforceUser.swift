/// One person in an organization.
struct SalesforceUser: Sendable {
    let id: RecordID
    var username: String
    var email: String
    var firstName: String
    var lastName: String
    /// Sees all data, manages the app.
    var isAdministrator = false
    var isActive = true
    /// The "API Enabled" permission.
    var apiEnabled = true
    /// Whether an administrator let this user use the app, where the policy asks for that.
    var appApproved = false
    let profileID: RecordID
    let createdDate: Moment

    /// First and last name.
    var displayName: String { lastName.isEmpty ? firstName : "\(firstName) \(lastName)" }
    /// The profile's name.
    var profile: String { isAdministrator ? "System Administrator" : "Standard User" }
}
