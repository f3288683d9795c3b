import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Answers the three routes; everything else is not found.
struct OpsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let probes: OpsProbes

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard [.get, .head].contains(request.method) else {
            var answer = text("only GET and HEAD\n", status: .methodNotAllowed)
            answer.headers[.allow] = "GET, HEAD"
            return answer
        }
        let answer =
            switch request.uri.path {
            case "/live": try report(OpsReport([probes.liveness()], otherwise: "stuck"))
            case "/ready": try report(OpsReport(await probes.readiness(), otherwise: "not ready"))
            case "/metrics":
                text(PrometheusText.write(probes.metrics()), type: PrometheusText.contentType)
            default: text("try /live, /ready or /metrics\n", status: .notFound)
            }
        return request.method == .head ? answer.createHeadResponse() : answer
    }

    private func report(_ report: OpsReport) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return text(
            String(decoding: try encoder.encode(report), as: UTF8.self) + "\n",
            status: report.isOK ? .ok : .serviceUnavailable,
            type: "application/json"
        )
    }

    private func text(
        _ body: String,
        status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }
}
