/* A second copy of what waits for the station, sealed like the first, in another store of the browser.
   Chromium throws a whole IndexedDB away where it finds its files torn after it was killed; the cache stays. */

const NAME = "fieldmap-sealed";
const PLACE = "/phone/sealed/";
const TOLD = "x-record";

const addressOf = (id) => PLACE + id;

/** What is worth keeping of a record: nothing that this phone alone could read. */
const plain = ({ id, kind, at, of, beside }) => ({ id, kind, at, of, beside, state: "waiting", code: "", receipt: null, message: null, key: "", about: null });

export class Spare {
  constructor(shelf) {
    this.used = shelf.storage === "kept" && "caches" in window;
  }

  async open() {
    return this.used ? caches.open(NAME) : null;
  }

  /** Keep a copy; where there is no room for a second one, the first has to do. */
  async keep(record, bytes) {
    const headers = { [TOLD]: JSON.stringify(plain(record)) };
    try {
      const cache = await this.open();
      if (cache) await cache.put(addressOf(record.id), new Response(bytes, { headers }));
    } catch (error) {
      this.failed = error.name;
    }
  }

  async drop(ids) {
    const cache = await this.open();
    if (cache) await Promise.all(ids.map((id) => cache.delete(addressOf(id))));
  }

  /** Put back what the shelf has lost, let go of what the station has answered; resolves to how many came back. */
  async mend(shelf) {
    const cache = await this.open();
    if (!cache) return 0;
    const records = new Map((await shelf.all("outbox")).map((record) => [record.id, record]));
    let back = 0;
    for (const request of await cache.keys()) {
      const id = new URL(request.url).pathname.slice(PLACE.length);
      if (!records.has(id)) back += await this.restore(shelf, await cache.match(request));
      else if (records.get(id).receipt) await this.drop([id]);
    }
    return back;
  }

  async restore(shelf, kept) {
    if (!kept) return 0;
    // it may have been sent before: tried
    const record = { ...JSON.parse(kept.headers.get(TOLD)), tried: 1 };
    const bytes = new Uint8Array(await kept.arrayBuffer());
    await shelf.change(["outbox", "sealed"], async (hand) => {
      await hand.put("outbox", record);
      await hand.put("sealed", { id: record.id, bytes });
    });
    return 1;
  }

  async clear() {
    if (this.used) await caches.delete(NAME);
  }
}
