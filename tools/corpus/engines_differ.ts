/** What two engines do not agree about; no other data would make up for it. */
export class EnginesDiffer extends Error {
  override name = "EnginesDiffer";
}
