/// A moment with the resolution Salesforce shows: whole seconds since 1970-01-01T00:00:00Z.
struct Moment: Hashable, Comparable, Sendable {
    /// Seconds since 1970.
    let seconds: Int

    /// The moment that many seconds after 1970.
    init(seconds: Int) { self.seconds = seconds }

    /// Reads `yyyy-MM-ddTHH:mm:ss[.fff](Z|±HH:mm|±HHmm)`; fractions of a second are dropped.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == 84, bytes[13] == 58, bytes[16] == 58,
            let date = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            let hour = Self.number(bytes[11...12], below: 24),
            let minute = Self.number(bytes[14...15], below: 60),
            let second = Self.number(bytes[17...18], below: 61)
        else { return nil }
        var rest = bytes[19...]
        if rest.first == 46 {
            rest = rest.dropFirst().drop { (48...57).contains($0) }
        }
        guard let offset = Self.offset(Array(rest)) else { return nil }
        seconds = date.days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    /// Appends `yyyy-MM-ddTHH:mm:ss.000+0000`.
    func write(into output: inout [UInt8]) {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        CalendarDate(days: days).write(into: &output)
        output.append(84)
        output.append(digit(rest / 36_000))
        output.append(digit(rest / 3600 % 24 % 10))
        output.append(58)
        output.append(digit(rest / 600 % 6))
        output.append(digit(rest / 60 % 60 % 10))
        output.append(58)
        output.append(digit(rest % 60 / 10))
        output.append(digit(rest % 10))
        output.append(contentsOf: ".000+0000".utf8)
    }

    /// `yyyy-MM-ddTHH:mm:ss.000+0000`.
    var text: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The moment some seconds later.
    func advanced(by seconds: Int) -> Moment { Moment(seconds: self.seconds + seconds) }

    /// The start of the minute, which is what getUpdated and getDeleted reckon with.
    var startOfMinute: Moment { Moment(seconds: seconds - (seconds % 60 + 60) % 60) }

    static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    private static func number(_ digits: ArraySlice<UInt8>, below limit: Int) -> Int? {
        var value = 0
        for byte in digits {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte) - 48
        }
        return value < limit ? value : nil
    }

    private static func offset(_ bytes: [UInt8]) -> Int? {
        if bytes == [90] { return 0 }
        guard let sign = bytes.first, sign == 43 || sign == 45 else { return nil }
        let digits = bytes.dropFirst().filter { $0 != 58 }
        guard digits.count == 4, let hours = number(digits[0...1], below: 24),
            let minutes = number(digits[2...3], below: 60)
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == 43 ? 1 : -1)
    }
}
