package countingstreams.benchmarks.engines;

import countingstreams.lesson03.PageViewsDStream;
import java.util.Arrays;

/**
 * The views that a run can have: view {@code n} is of a page that is known, so the k-th view of a
 * page is known, too. The pages are those of lesson 3: a few have most of the views.
 */
final class Views {

  private final int pages;
  private final int[][] viewsOfPage;

  /**
   * @param pages how many pages there are
   * @param views how many views a run has at most
   */
  Views(int pages, int views) {
    this.pages = pages;
    int[] sizes = new int[pages + 1];
    for (int view = 0; view < views; view++) {
      sizes[page(view)]++;
    }
    viewsOfPage = new int[pages + 1][];
    Arrays.setAll(viewsOfPage, page -> new int[sizes[page]]);
    Arrays.fill(sizes, 0);
    for (int view = 0; view < views; view++) {
      int page = page(view);
      viewsOfPage[page][sizes[page]++] = view;
    }
  }

  int pages() {
    return pages;
  }

  /** Returns the page of a view, from 1. */
  int page(int view) {
    return (int) PageViewsDStream.pageOf(view, pages);
  }

  /** Returns the partition of a page's views: all of them are in one, so they stay in order. */
  static int partition(int page) {
    return page % CountJob.PARTITIONS;
  }

  /**
   * Returns the view that makes a page's count what it is, or -1 if no run has so many views.
   *
   * @param count from 1
   */
  int view(int page, long count) {
    return count <= viewsOfPage[page].length ? viewsOfPage[page][(int) count - 1] : -1;
  }

  /** Returns how many of the first views are of a page. */
  long viewsOf(int page, int first) {
    int place = Arrays.binarySearch(viewsOfPage[page], first);
    return place >= 0 ? place : -place - 1;
  }
}
