/// A long transaction: its tasks carry the modstamp of their writing and become visible at commit.
struct OpenTransaction: Sendable {
    let id: Int
    /// When it began, which is how far getUpdated can vouch.
    let startedAt: Moment
    /// When it commits by itself, nil when it waits for a control request.
    let commitAt: Moment?
    var tasks: [TaskRecord]
}
