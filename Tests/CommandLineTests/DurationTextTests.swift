import Testing

@testable import integration_worker

struct DurationTextTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("30s", .seconds(30)), ("15m", .seconds(900)),
        ("1h30m", .seconds(5400)), ("7d", .seconds(604_800)), ("1m0s", .seconds(60)),
        ("1d2h3m4s5ms", .milliseconds(93_784_005)), ("0s", .zero),
    ])
    func wholeNumbersWithUnitsAreDurations(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "15", "m", "15 m", " 15m", "-15m", "1.5h", "30m1h", "1m1m", "15M", "1w", "1h30",
        "9223372036854775807d", "99999999999999999999s", "٣s",
    ])
    func everythingElseIsNot(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
