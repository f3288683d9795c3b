/// The people of one organization on the log-in page.
struct LoginGroup: Sendable {
    /// One person.
    struct Entry: Sendable {
        let username: String
        let email: String
        let name: String
        let profile: String
        let isActive: Bool
    }

    let name: String
    let edition: String
    let users: [Entry]

    init(_ organization: Organization) {
        name = organization.name
        edition = organization.edition
        users = organization.users.values.sorted { $0.id < $1.id }.map {
            Entry(
                username: $0.username,
                email: $0.email,
                name: $0.displayName,
                profile: $0.profile,
                isActive: $0.isActive
            )
        }
    }
}
