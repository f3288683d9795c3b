import Domain
import FoundationEssentials
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProviderTaskTests {
    @Test func anythingAPersonSeesChangesTheHash() {
        let task = Samples.task()
        let changes: [(inout ProviderTask) -> Void] = [
            { $0.title += "!" }, { $0.title = "" }, { $0.status = "Done" }, { $0.priority = "Low" },
            { $0.priority = nil }, { $0.dueDate = "2026-05-02" }, { $0.dueDate = nil },
            { $0.isClosed = true }, { $0.url += "/" }, { $0.relatedTo?.type = "Lead" },
            { $0.relatedTo?.id = "1" }, { $0.relatedTo?.name = "" }, { $0.relatedTo = nil },
            { $0.contact?.type = "Lead" }, { $0.contact?.id = "1" }, { $0.contact?.name = "" },
            { $0.contact = nil },
            // The same text, one field further on.
            { ($0.title, $0.status) = ("", $0.title + $0.status) },
            { ($0.priority, $0.dueDate) = ($0.dueDate, $0.priority) },
            { ($0.priority, $0.dueDate) = ("", nil) }, { ($0.priority, $0.dueDate) = (nil, "") },
            { ($0.relatedTo, $0.contact) = ($0.contact, $0.relatedTo) },
            { ($0.relatedTo, $0.contact) = (nil, $0.relatedTo) },
        ]
        var hashes: Set<[UInt8]> = [task.contentHash]
        for change in changes {
            var changed = task
            change(&changed)
            hashes.insert(changed.contentHash)
            #expect(changed.contentHash.count == 16)
        }
        #expect(hashes.count == changes.count + 1)
    }

    @Test func noControlCharacterMakesOneTextPassForTwo() {
        var (one, other) = (Samples.task(), Samples.task())
        (one.title, one.status) = ("a", "b\u{1}c")
        (other.title, other.status) = ("a\u{1}b", "c")
        #expect(one.contentHash != other.contentHash)
        (one.priority, one.dueDate) = (nil, "a")
        (other.priority, other.dueDate) = ("\u{0}a", nil)
        (other.title, other.status) = (one.title, one.status)
        #expect(one.contentHash != other.contentHash)
    }

    @Test func theProvidersTimestampAndIDDoNotChangeTheHash() {
        var task = Samples.task()
        let hash = task.contentHash
        task.providerUpdatedAt += 60
        task.externalID = "00T000000000000AAA"
        #expect(task.contentHash == hash)
    }
}
