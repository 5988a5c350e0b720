/* Where a phone keeps things: IndexedDB, each write of several things all or nothing and on the disk
   before it is said to be done; in memory where the browser keeps nothing, which the app then says. */

const NAME = "fieldmap";
const VERSION = 1;

/** Each holds records with an `id`. What is readable in them is encrypted before it comes here. */
export const STORES = ["vault", "outbox", "sealed", "drafts", "keys", "photos", "pictures"];

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The inside of one transaction; await nothing in it but its own answers. */
class Hand {
  constructor(transaction) {
    this.transaction = transaction;
  }

  get(store, id) {
    return answered(this.transaction.objectStore(store).get(id));
  }

  all(store) {
    return answered(this.transaction.objectStore(store).getAll());
  }

  put(store, record) {
    return answered(this.transaction.objectStore(store).put(record));
  }

  remove(store, id) {
    return answered(this.transaction.objectStore(store).delete(id));
  }

  clear(store) {
    return answered(this.transaction.objectStore(store).clear());
  }
}

class Shelf {
  constructor(db) {
    this.db = db;
    this.storage = "kept";
  }

  /** Read and write in one transaction; resolves with what `work` returns once it is on the disk. */
  change(stores, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.db.transaction(stores, "readwrite", { durability: "strict" });
      let value;
      let failed = null;
      transaction.oncomplete = () => resolve(value);
      transaction.onabort = () => reject(failed || transaction.error);
      work(new Hand(transaction)).then(
        (made) => {
          value = made;
        },
        (error) => {
          // where the browser itself gave up (a full disk) its reason is the one to tell
          if (!transaction.error) failed = error;
          try {
            transaction.abort();
          } catch (ended) {
            reject(failed || transaction.error || ended);
          }
        },
      );
    });
  }

  get(store, id) {
    return new Hand(this.db.transaction([store], "readonly")).get(store, id);
  }

  all(store) {
    return new Hand(this.db.transaction([store], "readonly")).all(store);
  }
}

/** The same, forgotten with the page. */
class Memory {
  constructor() {
    this.storage = "memory";
    this.stores = new Map(STORES.map((name) => [name, new Map()]));
    this.last = Promise.resolve();
  }

  change(stores, work) {
    const before = () => new Map(stores.map((name) => [name, new Map(this.stores.get(name))]));
    const turn = this.last.then(async () => {
      const kept = before();
      try {
        return await work(this);
      } catch (error) {
        for (const [name, records] of kept) this.stores.set(name, records);
        throw error;
      }
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  async get(store, id) {
    return this.stores.get(store).get(id);
  }

  async all(store) {
    return Array.from(this.stores.get(store).values());
  }

  async put(store, record) {
    this.stores.get(store).set(record.id, record);
  }

  async remove(store, id) {
    this.stores.get(store).delete(id);
  }

  async clear(store) {
    this.stores.get(store).clear();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store, { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Open the phone's shelf; `storage` says whether it is "kept" or in "memory" only. */
export async function openShelf() {
  try {
    const db = await opened();
    db.onversionchange = () => db.close();
    return new Shelf(db);
  } catch (error) {
    return new Memory();
  }
}
