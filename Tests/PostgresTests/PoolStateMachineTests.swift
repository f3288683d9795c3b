import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(1)))
struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine

    private func makeRunning(maximum: Int = 2, shared: Int = 0) -> Machine {
        var machine = Machine(minimum: 1, maximum: maximum, shared: shared, waitingLimit: 3)
        let action = machine.start()
        for slot in action.starting { _ = machine.connected(slot, epoch: 1) }
        return machine
    }

    private func slot(_ acquisition: Machine.Acquisition) -> Int? {
        guard case .granted(let grant) = acquisition else { return nil }
        return grant.slot
    }

    @Test func startMakesTheMinimumAndTheShared() {
        var machine = Machine(minimum: 2, maximum: 4, shared: 3, waitingLimit: 3)
        #expect(machine.start().starting.count == 5)
        #expect(machine.start().starting.isEmpty)
    }

    @Test func waiterStartsAConnectionUpToTheMaximum() {
        var machine = makeRunning()
        #expect(slot(machine.acquire(.exclusive, waiter: 1)) == 1)
        guard case .wait(let starting) = machine.acquire(.exclusive, waiter: 2) else {
            Issue.record("granted")
            return
        }
        #expect(starting == [2])
        guard case .wait(let more) = machine.acquire(.exclusive, waiter: 3) else {
            Issue.record("granted")
            return
        }
        #expect(more.isEmpty)
        #expect(machine.connected(2, epoch: 1).granting.map(\.waiter) == [2])
    }

    @Test func connectionGoesToTheLongestWaiting() {
        var machine = makeRunning(maximum: 1)
        let grant = Machine.Grant(slot: 1, epoch: 1)
        _ = machine.acquire(.exclusive, waiter: 1)
        for waiter in 2...4 { _ = machine.acquire(.exclusive, waiter: UInt64(waiter)) }
        let isEnded = machine.abandon(2)
        #expect(isEnded)
        let isEndedAgain = machine.abandon(2)
        #expect(!isEndedAgain)
        #expect(machine.release(grant).granting.map(\.waiter) == [3])
        #expect(machine.release(grant).granting.map(\.waiter) == [4])
    }

    @Test func tooManyWaitersAreRefused() {
        var machine = makeRunning(maximum: 1)
        for waiter in 1...4 { _ = machine.acquire(.exclusive, waiter: UInt64(waiter)) }
        guard case .refused(let error) = machine.acquire(.exclusive, waiter: 5) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .poolExhausted)
    }

    @Test func connectionLostWhileLentIsFreeOnlyOnceMadeAgain() {
        var machine = makeRunning(maximum: 1)
        #expect(slot(machine.acquire(.exclusive, waiter: 1)) == 1)
        machine.disconnected(1, .connection("cut"))
        #expect(machine.release(Machine.Grant(slot: 1, epoch: 1)).granting.isEmpty)
        #expect(machine.status.idle == 0)
        #expect(slot(machine.acquire(.exclusive, waiter: 2)) == nil)
        let action = machine.connected(1, epoch: 2)
        #expect(action.granting.map(\.grant) == [Machine.Grant(slot: 1, epoch: 2)])
    }

    @Test func connectionMadeAgainWhileLentIsFreeOnceGivenBack() {
        var machine = makeRunning(maximum: 1)
        _ = machine.acquire(.exclusive, waiter: 1)
        machine.disconnected(1, .connection("cut"))
        _ = machine.connected(1, epoch: 2)
        #expect(machine.status.idle == 0)
        _ = machine.release(Machine.Grant(slot: 1, epoch: 1))
        #expect(machine.status.idle == 1)
    }

    @Test func sharedStatementsGoWhereFewestAre() {
        var machine = makeRunning(shared: 2)
        let first = slot(machine.acquire(.shared, waiter: 1))
        let second = slot(machine.acquire(.shared, waiter: 2))
        #expect(first != nil && second != nil && first != second)
        _ = machine.release(Machine.Grant(slot: first ?? 0, epoch: 1))
        #expect(slot(machine.acquire(.shared, waiter: 3)) == first)
    }

    @Test func closingRefusesWaitersAndFinishesWithTheLastThread() {
        var machine = makeRunning(maximum: 1)
        _ = machine.acquire(.exclusive, waiter: 1)
        _ = machine.acquire(.exclusive, waiter: 2)
        let action = machine.close()
        #expect(action.refusing.map(\.waiter) == [2])
        #expect(action.closing.isEmpty)
        #expect(!action.isFinished)
        #expect(machine.release(Machine.Grant(slot: 1, epoch: 1)).closing == [1])
        #expect(machine.ended(1).isFinished)
    }
}
