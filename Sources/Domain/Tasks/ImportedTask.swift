import Crypto
public import FoundationEssentials

/// Whose list a task is in.
public struct TaskOwner: Hashable, Sendable {
    /// The company the person belongs to.
    public var companyID: CompanyID
    /// The person, in the time tracker.
    public var userID: UserID
    /// Where the tasks come from.
    public var provider: ProviderID

    /// Makes an owner; whether there is such a person is not checked.
    public init(companyID: CompanyID, userID: UserID, provider: ProviderID) {
        self.companyID = companyID
        self.userID = userID
        self.provider = provider
    }
}

/// A task as the provider has it.
public struct ProviderTask: Hashable, Sendable {
    /// The provider's id, in its one normal form.
    public var externalID: String
    /// One line; may be empty.
    public var title: String
    /// The provider's own word, which its customers can change.
    public var status: String
    /// The provider's own word; `nil` when the task has none.
    public var priority: String?
    /// `yyyy-MM-dd`; a day, not an instant: no time zone ever moves it.
    public var dueDate: String?
    /// Whether the provider counts it as done, whatever its status is called.
    public var isClosed: Bool
    /// Where a person opens it.
    public var url: String
    /// What it is about; `nil` when nothing.
    public var relatedTo: RelatedRecord?
    /// Whom it is with; `nil` when nobody.
    public var contact: RelatedRecord?
    /// When the provider last changed it; decides which of two versions is newer.
    public var providerUpdatedAt: Date

    /// Makes a task from what the provider said.
    public init(
        externalID: String,
        title: String,
        status: String,
        priority: String?,
        dueDate: String?,
        isClosed: Bool,
        url: String,
        relatedTo: RelatedRecord?,
        contact: RelatedRecord?,
        providerUpdatedAt: Date
    ) {
        self.externalID = externalID
        self.title = title
        self.status = status
        self.priority = priority
        self.dueDate = dueDate
        self.isClosed = isClosed
        self.url = url
        self.relatedTo = relatedTo
        self.contact = contact
        self.providerUpdatedAt = providerUpdatedAt
    }

    /// 16 bytes that differ when anything a person sees differs.
    ///
    /// The provider's timestamp is left out: it also moves when nothing visible changed. Each text
    /// goes in behind its length, so that no text can pass for two.
    public var contentHash: [UInt8] {
        var hash = SHA256()
        for text in [
            title, status, priority, dueDate, isClosed ? "closed" : "open", url, relatedTo?.type,
            relatedTo?.id, relatedTo?.name, contact?.type, contact?.id, contact?.name,
        ] {
            let length = (text.map { Int64($0.utf8.count) } ?? -1).bigEndian
            withUnsafeBytes(of: length) { hash.update(bufferPointer: $0) }
            guard var text else { continue }
            text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        }
        return Array(hash.finalize().prefix(16))
    }
}

/// A record beside a task: what it is about, or whom.
public struct RelatedRecord: Hashable, Sendable {
    /// The provider's word for the kind of record, for example `Account`.
    public var type: String
    /// The provider's id of the record.
    public var id: String
    /// The record's name; may be empty.
    public var name: String

    /// Makes a reference; the record itself is not read.
    public init(type: String, id: String, name: String) {
        self.type = type
        self.id = id
        self.name = name
    }
}

/// What happened to a task in a person's list.
public enum TaskChange: String, Hashable, Sendable, CaseIterable {
    case created, updated, completed, reopened, removed
}

/// Why a task left a person's list.
public enum RemovalReason: String, Hashable, Sendable, CaseIterable {
    case deleted, reassigned, disconnected
    case notVisible = "not-visible"
}

/// `task.updated.v1`: a task as a desktop app shows it from now on.
public struct TaskEvent: Hashable, Sendable {
    /// Whose list it is in; also decides the record's key and partition.
    public var owner: TaskOwner
    /// The task after the change; for a removal as it was last seen.
    public var task: ProviderTask
    /// Grows by one with every event of this task.
    public var version: Int64
    /// What happened, from the point of view of this person's list.
    public var change: TaskChange
    /// Set exactly when the change is `removed`.
    public var removalReason: RemovalReason?

    /// Makes an event; give a removal, and nothing else, a reason.
    public init(
        owner: TaskOwner,
        task: ProviderTask,
        version: Int64,
        change: TaskChange,
        removalReason: RemovalReason? = nil
    ) {
        self.owner = owner
        self.task = task
        self.version = version
        self.change = change
        self.removalReason = removalReason
    }
}
