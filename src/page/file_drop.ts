/** Passes on the files that are dropped on a view. The view is marked while files are held over it. */
export function onFilesDropped(view: HTMLElement, take: (files: File[]) => void): void {
  const setOver = (isOver: boolean) => view.toggleAttribute('data-drop', isOver);
  view.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  });
  view.addEventListener('dragleave', (event) => {
    if (!view.contains(event.relatedTarget as Node | null)) setOver(false);
  });
  view.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    setOver(false);
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
}
