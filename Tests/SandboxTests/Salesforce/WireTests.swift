import Testing

@testable import Sandbox

@Suite struct MomentTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-05-01T10:15:30Z", 1_777_630_530),
        ("2026-05-01T10:15:30.999Z", 1_777_630_530), ("2026-05-01T12:15:30+02:00", 1_777_630_530),
        ("2026-05-01T10:15:30.000+0000", 1_777_630_530), ("1969-12-31T23:59:59Z", -1),
        ("2024-02-29T00:00:00-0100", 1_709_168_400),
    ])
    func reads(text: String, seconds: Int) {
        #expect(Moment(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "2026-05-01", "2026-05-01T10:15:30", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-05-01T25:00:00Z", "2026-05-01 10:15:30Z", "2026-05-01T10:15:30+1",
    ])
    func refuses(text: String) {
        #expect(Moment(text) == nil)
    }

    @Test func writesWhatItReads() {
        for seconds in [0, -1, 951_782_400, 1_777_630_530, 4_102_444_799] {
            let moment = Moment(seconds: seconds)
            #expect(Moment(moment.text) == moment)
        }
        #expect(Moment(seconds: 1_777_630_530).text == "2026-05-01T10:15:30.000+0000")
    }
}

@Suite struct RecordIDTests {
    @Test func checksumMatchesKnownIds() {
        #expect(RecordID("00DB0000000TfcR")?.text == "00DB0000000TfcRMAS")
        #expect(RecordID("005B0000005Bk90")?.text == "005B0000005Bk90IAC")
    }

    @Test func wrongIdsAreRefused() {
        for text in ["", "00DB0000000Tfc", "00DB0000000TfcRMAA", "00DB0000000Tfc!"] {
            #expect(RecordID(text) == nil)
        }
    }

    @Test func laterNumbersSortLater() {
        let ids = [1, 9, 10, 61, 62, 3843, 5_000_000_000].map {
            RecordID(prefix: "00T", pod: 7, number: $0)
        }
        #expect(ids == ids.sorted())
        #expect(
            ids.map(\.text) == ids.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        )
        #expect(ids.allSatisfy { $0.pod == 7 && $0.prefix == "00T" })
    }
}

@Suite struct FormFieldsTests {
    @Test func decodesExactlyOnce() {
        let fields = FormFields("a=x+y&b=%2B%3D%3D&c=%252B&d&e=")
        #expect(fields["a"] == "x y")
        #expect(fields["b"] == "+==")
        #expect(fields["c"] == "%2B")
        #expect(fields["d"] == "")
        #expect(fields.text("e") == nil)
        #expect(FormFields("v=" + FormFields.encoded("a b+/=&ü"))["v"] == "a b+/=&ü")
    }
}
