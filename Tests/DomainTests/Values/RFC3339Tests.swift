import Domain
import FoundationEssentials
import Testing

@Suite
struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2026-04-30T10:15:30Z", 1_777_544_130),
        ("2026-05-01T10:15:30.000+0000", 1_777_630_530),
        ("2026-05-01T12:15:30.250+02:00", 1_777_630_530.25),
        ("1969-12-31T23:59:59Z", -1), ("2000-02-29T00:00:00Z", 951_782_400),
    ])
    func timestampsAreRead(text: String, seconds: Double) {
        #expect(RFC3339.date(from: text)?.timeIntervalSince1970 == seconds)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
        "٢٠٢٦-01-01T00:00:00Z",
    ])
    func whatIsNoTimestampIsRefused(text: String) {
        #expect(RFC3339.date(from: text) == nil)
    }

    @Test func everyWrittenTimestampReadsBackAsTheSameMillisecond() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let milliseconds = Int64.random(
                in: -60_000_000_000_000...250_000_000_000_000,
                using: &random
            )
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let read = RFC3339.date(from: RFC3339.string(from: date))
            #expect(abs((read ?? .distantPast).timeIntervalSince(date)) < 0.0005)
        }
    }
}
