import Foundation
import Store
import Testing

@testable import integration_worker

struct WordingTests {
    private static let now = Date(timeIntervalSince1970: 1_777_630_530)

    @Test(arguments: [
        (RowCount(0), "0"), (RowCount(999), "999"), (RowCount(1000), "1 000"),
        (RowCount(1_234_567), "1 234 567"), (RowCount(0, isComplete: false), "0 or more"),
        (RowCount(7, isComplete: false), "at least 7"),
        (RowCount(10_001, isComplete: false), "more than 10 000"),
    ])
    func aNumberSaysWhetherItIsAll(_ rows: RowCount, _ text: String) {
        #expect(Wording.number(rows) == text)
    }

    @Test(
        arguments: [
            (0, "0 s ago"), (-89, "89 s ago"), (-90, "1 min ago"), (-10_800, "3 h ago"),
            (-259_200, "3 d ago"), (300, "in 5 min"),
        ] as [(Double, String)]
    )
    func aMomentIsToldWithItsDistance(_ seconds: Double, _ text: String) {
        let moment = Wording(now: Self.now).moment(Self.now + seconds)
        #expect(moment.hasSuffix(" (\(text))"))
    }

    @Test func oneIsNotMany() {
        #expect(Wording.subject(RowCount(1), "task is", "tasks are") == "1 task is")
        #expect(Wording.subject(RowCount(2), "task is", "tasks are") == "2 tasks are")
        let atLeastOne = RowCount(1, isComplete: false)
        #expect(Wording.subject(atLeastOne, "task is", "tasks are") == "at least 1 tasks are")
    }

    @Test func whatAProviderWroteDoesNotSteerTheTerminal() {
        #expect(Wording.printable("Acme\u{1B}[2J\n") == "Acme[2J")
    }
}
