import Kafka

/// Shows an event as one JSON object on one line.
enum EventJSON {
    /// Headers are by name, the last of a name; data is the value itself where it is JSON, else
    /// `text` has it.
    static func text(_ event: ReceivedEvent) -> String {
        let place = event.record.topicPartition
        let headers = event.record.headers.map {
            ($0.name, JSONLine.quoted(String(decoding: $0.value ?? [], as: UTF8.self)))
        }
        let unique = Dictionary(headers) { $1 }.sorted { $0.key < $1.key }
            .map { "\(JSONLine.quoted($0.key)):\($0.value)" }
        var members = [
            "\"topic\":\(JSONLine.quoted(place.topic))", "\"partition\":\(place.partition)",
            "\"offset\":\(event.record.offset)",
            "\"timestamp\":\(event.record.timestamp.map { String($0) } ?? "null")",
            "\"key\":\(event.record.key == nil ? "null" : JSONLine.quoted(event.key))",
            "\"headers\":{\(unique.joined(separator: ","))}",
        ]
        switch (event.record.value, event.data) {
        case (nil, _): members.append("\"data\":null")
        case (let value?, _?):
            // Line breaks between tokens are the only ones that JSON can have.
            let text = String(decoding: value, as: UTF8.self)
            members.append("\"data\":\(String(text.map { $0.isNewline ? " " : $0 }))")
        case (let value?, nil):
            members.append("\"text\":\(JSONLine.quoted(String(decoding: value, as: UTF8.self)))")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
