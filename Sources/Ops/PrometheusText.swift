/// Writes figures in Prometheus' text format 0.0.4.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func write(_ metrics: [Metric]) -> String {
        var text = ""
        var last: String?
        for metric in metrics {
            if metric.name != last {
                text += "# HELP \(metric.name) \(escapedHelp(metric.help))\n"
                text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
                last = metric.name
            }
            text += "\(metric.name)\(labels(metric.labels)) \(number(metric.value))\n"
        }
        return text
    }

    private static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(escapedLabel($0.value))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }

    private static func escapedHelp(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    private static func escapedLabel(_ text: String) -> String {
        escapedHelp(text).reduce(into: "") { result, character in
            if character == "\"" { result += "\\" }
            result.append(character)
        }
    }
}
