import Domain
import Foundation
import Testing

/// What the code can publish, and what `schemas/` promises.
@Suite(.timeLimit(.minutes(1)))
struct EventSchemaTests {
    @Test func everyEventFollowsItsSchema() throws {
        var encoder = EventEncoder(cause: Cause(id: "r-1", source: "/test"), time: Samples.now)
        var lines = ""
        var types: Set<EventType> = []
        for event in try Self.everyEvent() {
            types.insert(event.type)
            for record in encoder.records(for: event) {
                guard let value = record.value else { continue }
                let data = String(decoding: value, as: UTF8.self)
                lines += "{\"type\":\"\(event.type.rawValue)\",\"data\":\(data)}\n"
            }
        }
        #expect(types == Set(EventType.allCases))
        let file = FileManager.default.temporaryDirectory
            .appending(path: "events-\(UUID().uuidString).ndjson")
        try lines.write(to: file, atomically: true, encoding: .utf8)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: file) } }
        let (status, output) = try Self.checkSchemas(instances: file)
        #expect(status == 0, "\(output)")
    }

    @Test(arguments: ["integration.failed.v1", "sync.failed.v1", "sync.deferred.v1"])
    func theWordsOfFailuresAreThoseOfTheSchemas(type: String) throws {
        let reasons = try Project.words(of: type, "reason")
        #expect(reasons == FailureReason.allCases.map(\.rawValue))
        let responsible = try Project.words(of: type, "responsible")
        #expect(Set(responsible) == Set(Responsible.allCases.map(\.rawValue)))
        #expect(responsible.count == Responsible.allCases.count)
    }

    @Test func theWordsOfTaskEventsAreThoseOfTheSchema() throws {
        let changes = try Project.words(of: "task.updated.v1", "change")
        #expect(changes == TaskChange.allCases.map(\.rawValue))
        let reasons = try Project.words(of: "task.updated.v1", "removalReason")
        #expect(Set(reasons) == Set(RemovalReason.allCases.map(\.rawValue)))
        let modes = try Project.words(of: "sync.completed.v1", "mode")
        #expect(modes == SyncRequest.Mode.allCases.map(\.rawValue))
    }

    @Test(arguments: EventType.allCases)
    func everyTypeNamesASchemaThatIsThere(type: EventType) {
        let file = Project.root.appending(path: type.schema)
        #expect(FileManager.default.fileExists(atPath: file.path))
    }

    private static func everyEvent() throws -> [Event] {
        let owner = try Samples.owner()
        return taskEvents(owner) + [.eraseRequest(EraseRequest(owner: owner))]
            + Scope.allCases.flatMap { scope in
                let userID = scope == .user ? owner.userID : nil
                return bodies(scope).map { body in
                    Event.outcome(
                        Outcome(
                            companyID: owner.companyID,
                            provider: owner.provider,
                            userID: userID,
                            body
                        )
                    )
                } + requests(owner, userID)
            }
    }

    private static func taskEvents(_ owner: TaskOwner) -> [Event] {
        TaskChange.allCases.flatMap { change in
            let task = Samples.task(isClosed: change == .completed)
            var bare = task
            (bare.priority, bare.dueDate) = (nil, nil)
            (bare.relatedTo, bare.contact) = (nil, nil)
            let reasons = change == .removed ? RemovalReason.allCases.map(Optional.some) : [nil]
            return reasons.flatMap { reason in
                [task, bare].map { task in
                    Event.task(
                        TaskEvent(
                            owner: owner,
                            task: task,
                            version: 3,
                            change: change,
                            removalReason: reason
                        )
                    )
                }
            }
        }
    }

    private static func requests(_ owner: TaskOwner, _ userID: UserID?) -> [Event] {
        SyncRequest.Mode.allCases.flatMap { mode in
            SyncRequest.Reason.allCases.map { reason in
                Event.syncRequest(
                    SyncRequest(
                        companyID: owner.companyID,
                        provider: owner.provider,
                        userID: userID,
                        mode: mode,
                        reason: reason
                    )
                )
            }
        }
    }

    private static func bodies(_ scope: Scope) -> [Outcome.Body] {
        var bodies: [Outcome.Body] = [
            .authorizationRequired(
                scope,
                url: "https://login.example/authorize?a=b",
                expiresAt: Samples.now
            ),
            .enabled(scope, Samples.account()), .disabled(scope),
        ]
        for reason in FailureReason.allCases {
            for failure in [
                Failure(reason), Failure(reason, retryAt: Samples.now, details: ["edition": "x"]),
            ] {
                bodies += [
                    .failed(scope, failure), .reauthorizationRequired(scope, failure),
                    .syncDeferred(failure), .syncFailed(failure),
                ]
            }
        }
        for mode in SyncRequest.Mode.allCases {
            var counts = TaskCounts()
            for change in TaskChange.allCases { counts.add(change) }
            let summary = SyncSummary(
                mode: mode,
                counts: counts + counts,
                coveredUntil: Samples.now,
                duration: .milliseconds(412),
                providerCalls: 2
            )
            bodies.append(.syncCompleted(summary))
        }
        return bodies
    }

    private static func checkSchemas(instances: URL) throws -> (status: Int32, output: String) {
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/python3")
        check.arguments = [
            Project.root.appending(path: ".ci/check-schemas").path, "--instances", instances.path,
        ]
        let pipe = Pipe()
        check.standardOutput = pipe
        check.standardError = pipe
        try check.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        check.waitUntilExit()
        return (check.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
