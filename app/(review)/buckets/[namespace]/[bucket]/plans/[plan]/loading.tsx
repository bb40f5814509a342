/** The boxes of a review while it is read. */
export default function LoadingPlan() {
  return (
    <main id="content" className="mx-auto grid max-w-[1600px] gap-4 px-4 py-5 sm:px-6">
      <h1 className="sr-only">Reading the plan</h1>
      <span className="skeleton h-7 w-80 max-w-full" />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_326px] xl:gap-5">
        <div className="grid gap-3">
          <span className="skeleton h-23 w-full" />
          <span className="skeleton h-17 w-full" />
          <span className="skeleton h-[420px] w-full" />
        </div>
        <div className="grid gap-4">
          <span className="skeleton h-72 w-full" />
          <span className="skeleton h-40 w-full" />
        </div>
      </div>
    </main>
  );
}
