
// The rest of the engine: functions that a story which only plays does not need.
const restAddress = new URL("REST_FILE", import.meta.url);
let restComing;

/** The story that needs no rest to be opened. */
export const opensAlone = "STORY";

function attachRest(rest) {
    if (!wasm.attached.value) new WebAssembly.Instance(rest, { first: wasm });
}

/** Loads the rest if it is not there or on its way; the page calls it when the reader begins to do something. */
export function loadRest() {
    restComing ??= fetch(restAddress)
        .then((answer) => answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(`${answer.status} ${answer.statusText}`)))
        .then((bytes) => WebAssembly.compile(bytes))
        .then(attachRest)
        .catch(() => { restComing = undefined; });
    return restComing;
}

/** The engine is in the middle of a call that needs the rest: nothing else can happen before it is there. */
function loadRestNow() {
    try {
        const request = new XMLHttpRequest();
        request.open("GET", restAddress, false);
        // A document may not ask for an ArrayBuffer in this way; this one takes each byte for a character.
        request.overrideMimeType("text/plain; charset=x-user-defined");
        request.send();
        if (request.status !== 200) throw new Error(`${request.status} ${request.statusText}`);
        attachRest(new WebAssembly.Module(Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 255)));
    } catch (error) {
        throw new WebAssembly.RuntimeError(`the rest of the engine did not load: ${error instanceof Error ? error.message : error}`);
    }
}
