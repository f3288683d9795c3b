/// What `/live` and `/ready` answer, as JSON.
struct OpsReport: Encodable, Hashable, Sendable {
    var status: String
    var dependencies: [Entry]

    struct Entry: Encodable, Hashable, Sendable {
        var name: String
        var ok: Bool
        var why: String?
    }

    /// `ok` where all dependencies are available, the other word where one is not.
    init(_ dependencies: [Dependency], otherwise: String) {
        status = dependencies.allSatisfy(\.isAvailable) ? "ok" : otherwise
        self.dependencies = dependencies.map {
            Entry(name: $0.name, ok: $0.isAvailable, why: $0.reason)
        }
    }

    var isOK: Bool { status == "ok" }
}
