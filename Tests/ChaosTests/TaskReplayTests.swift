import Testing

@testable import chaos

struct TaskReplayTests {
    private let key = "acme/bob/salesforce/00T1"

    @Test func repeatsAreDroppedAndTheLastVersionStays() {
        let replay = TaskReplay([
            update(1, "Call"), update(1, "Call"), update(2, "Call Acme"), update(1, "Call"),
        ])
        #expect(replay.twice.isEmpty && replay.disordered.isEmpty)
        #expect(replay.tasks[key]?.title == "Call Acme")
        #expect(replay.tasks[key]?.version == 2)
    }

    @Test func versionUnderAnotherIdIsTwice() {
        let replay = TaskReplay([update(1, "Call"), update(1, "Call", id: "another")])
        #expect(replay.twice == ["\(key) v1"])
    }

    @Test(arguments: [[2], [1, 3], [1, 2, 1]])
    func gapsAndStepsBackAreFound(versions: [Int]) {
        let events = versions.enumerated().map { update($1, "Call", id: "event-\($0)") }
        #expect(TaskReplay(events).disordered.count == 1)
    }

    @Test func listIsHeldAgainstTheProviders() {
        let replay = TaskReplay([update(1, "Call")])
        func differences(_ task: SalesforceTask?) -> [String] {
            replay.differences(from: task.map { [key: $0] } ?? [:])
        }
        #expect(differences(task("Call")).isEmpty)
        #expect(differences(task("Call Acme")) == [key])
        #expect(differences(task("Call", isDeleted: true)) == [key])
        #expect(differences(nil) == [key])
    }

    @Test func closedTaskMayBeDeletedUnnoticed() {
        let replay = TaskReplay([update(1, "Call", trackable: false)])
        #expect(replay.differences(from: [key: task("Call", isDeleted: true)]).isEmpty)
    }

    @Test func taskThatEndedUnseenIsNoDifference() {
        let replay = TaskReplay([])
        #expect(replay.differences(from: [key: task("Call", isClosed: true)]).isEmpty)
        #expect(replay.differences(from: [key: task("Call", isDeleted: true)]).isEmpty)
        #expect(replay.differences(from: [key: task("Call")]) == [key])
    }

    private func update(_ version: Int, _ title: String, id: String? = nil, trackable: Bool = true)
        -> Event
    {
        let data =
            #"{"version":\#(version),"change":"updated","title":"\#(title)","status":"Open","trackable":\#(trackable)}"#
        return Event(
            id: id ?? "event-\(version)",
            topic: Topics.taskUpdated,
            key: key,
            value: Array(data.utf8)
        )
    }

    private func task(
        _ subject: String,
        isClosed: Bool = false,
        isDeleted: Bool = false
    ) -> SalesforceTask {
        SalesforceTask(subject: subject, status: "Open", isClosed: isClosed, isDeleted: isDeleted)
    }
}
