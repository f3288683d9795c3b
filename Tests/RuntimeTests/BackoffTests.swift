import Testing

@testable import Runtime

@Suite struct BackoffTests {
    @Test func waitsDoubleFromTheBaseUpToTheMaximum() {
        let waits = (1...11).map { Backoff.durable.delay(after: $0, random: 1) }

        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { .seconds($0) })
    }

    @Test(arguments: [1, 5, 40, .max])
    func jitterTakesUpToHalf(failures: Int) {
        let whole = Backoff.durable.delay(after: failures, random: 1)

        #expect(Backoff.durable.delay(after: failures, random: 0) == whole / 2)
        #expect(Backoff.durable.delay(after: failures, random: 0.5) == whole * 0.75)
    }

    @Test func beforeTheFirstFailureIsLikeAfterIt() {
        #expect(
            Backoff().delay(after: 0, random: 1) == Backoff().delay(after: 1, random: 1)
        )
    }
}
