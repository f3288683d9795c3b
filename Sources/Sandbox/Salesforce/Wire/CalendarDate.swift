/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
struct CalendarDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    let days: Int

    /// The day that many days after 1970-01-01.
    init(days: Int) { self.days = days }

    /// The given day; the arithmetic is that of Howard Hinnant's `days_from_civil`.
    init(year: Int, month: Int, day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        days = era * 146_097 + dayOfEra - 719_468
    }

    /// Reads `yyyy-MM-dd`.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, parts[0].utf8.count == 4,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard civil == (year, month, day) else { return nil }
    }

    /// Year, month and day of the month.
    var civil: (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Appends `yyyy-MM-dd`.
    func write(into output: inout [UInt8]) {
        let (year, month, day) = civil
        output.append(contentsOf: [digit(year / 1000), digit(year / 100), digit(year / 10)])
        output.append(contentsOf: [digit(year), 45, digit(month / 10), digit(month), 45])
        output.append(digit(day / 10))
        output.append(digit(day))
    }

    static func < (left: Self, right: Self) -> Bool { left.days < right.days }
}

/// The last decimal digit of a number, as ASCII.
func digit(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: 48 + value % 10) }
